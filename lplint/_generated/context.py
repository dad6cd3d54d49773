"""How context moves the severity of findings, in steps, by rule."""

# Written by scripts/build_ruleset.py from rules/context.toml; change those, not this.

SHIFTS = {
    'environment.development': {'LP202': -1, 'LP203': -1, 'LP205': -1, 'LP207': -1, 'LP209': -1, 'LP215': -1, 'LP321': -1, 'LP322': -1, 'LP324': -1, 'LP403': -1, 'LP404': -1, 'LP408': -1, 'LP412': -1, 'LP422': -1, 'LP525': -1, 'LP528': -1, 'LP750': -1},
    'environment.staging': {},
    'environment.production': {'LP208': 1, 'LP402': 1, 'LP404': 1, 'LP405': 1, 'LP406': 1, 'LP411': 1, 'LP522': 1, 'LP526': 1},
    'persona.human': {'LP209': -1, 'LP403': -1},
    'persona.machine': {},
}
