LEVELS_DB: dict[str, float] = {}
