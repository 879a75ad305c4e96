"""Single events, mean matrices, and which cells make events anomalous."""
