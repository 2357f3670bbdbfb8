"""Checks the stand-in against what AWS documents: `python self_test.py [name]`.

Starts one stand-in, runs every self_test_*.py beside this file, and prints failures only.
"""
import os
import sys
import time
import unittest

import testbed


def main():
    began = time.time()
    here = os.path.dirname(os.path.abspath(__file__))
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{sys.argv[1]}*"]
    suite = loader.discover(here, pattern="self_test_*.py", top_level_dir=here)
    with testbed.served():
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    print(f"stand-in: {result.testsRun} checks in {time.time() - began:.1f} s")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
