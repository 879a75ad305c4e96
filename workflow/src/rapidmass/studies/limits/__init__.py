"""Upper limits on cross sections."""
