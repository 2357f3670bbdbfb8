"""Accounts: which one an access key acts as, and what time it is there.

A test owns an account by using an access key of the form `AKIA` + the 12 digits of the account +
`TEST`: twenty characters, as every access key has. Keys that AssumeRole handed out act in the
role's account, which moto keeps by itself.

Each account can have a clock of its own, because AWS hides and drops old data relative to now,
and tests want dates that do not move.
"""
import re
import time

import moto.iam.models as iam_models

OWN_KEY = re.compile(r"AKIA(\d{12})TEST$")
NOW = {}  # account -> epoch seconds
_of_moto = iam_models.get_account_id_from


def account_of(access_key):
    """The account that this access key acts as."""
    own = OWN_KEY.match(access_key or "")
    return own[1] if own else _of_moto(access_key)


def access_key(account):
    """The access key of a test's own account."""
    return f"AKIA{account}TEST"


def now(account):
    """Epoch seconds in this account."""
    return NOW.get(account) or time.time()


def install():
    """Makes moto follow the rule above."""
    iam_models.get_account_id_from = account_of
