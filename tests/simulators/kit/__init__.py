"""What every simulated vendor stands on; a vendor adds its own wire form only."""
