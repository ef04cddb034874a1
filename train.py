"""``python train.py model=dual_attn country=JP`` is ``ipml train model=dual_attn country=JP``."""

import sys

from ipml.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
