"""Rooms over HTTP: bodies, error texts, echo, update, expiry."""

from __future__ import annotations

import re
import threading
import time

import pytest

from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import defaults

from .conftest import NOW, Http  # type: ignore[import-not-found]
