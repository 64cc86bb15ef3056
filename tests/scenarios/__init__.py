"""Deployments as data: what is done, and what must come of it, whatever engine does it.

``model`` is the vocabulary, ``play`` performs a scenario on an engine and checks it, the catalogues hold the scenarios.
The real Pulumi CLI (``tests/cli``) records what it did in ``golden/``; the stack runner is held to these records.
"""
