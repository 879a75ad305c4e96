"""What jobs read before and after unblinding, by dry runs: python blinded_rules.py FOLDER FILE.

The delivered configuration is taken, with all networks in the blind test; FOLDER is an empty
working folder. FILE gets, for both states, what `evaluated_rules` finds.
"""

import json
import sys
from pathlib import Path

from snakemake.settings.types import ConfigSettings

from evaluated_rules import evaluate

STATES = {"blinded": {}, "unblinded": {"unblinding": {"by": "the board", "reason": "ready"}}}
TEST = {"studies": {"blind_test": {"enabled": True, "networks": []}}}

if __name__ == "__main__":
    folder, file = (Path(argument).absolute() for argument in sys.argv[1:])
    found = {
        state: evaluate(folder, ConfigSettings(config={**TEST, **change}))
        for state, change in STATES.items()
    }
    file.write_text(json.dumps(found), encoding="utf-8")
