"""Events in memory as flat arrays: jagged lists, four-vectors, expressions over branches."""
