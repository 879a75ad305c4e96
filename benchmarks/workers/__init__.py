"""What is measured in processes of its own, with the project's packages."""
