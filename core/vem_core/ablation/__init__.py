"""The paper's table 4: the model with parts taken away, each arm trained alike and judged by the same harness."""
