"""What autoencoders make of images of jets: reconstruction, compression, anomalies."""
