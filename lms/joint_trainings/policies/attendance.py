"""How attendance is taken and signed, from the YAML file beside this one."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from lms.joint_trainings.domain.checkin import CheckInTimes
from lms.joint_trainings.domain.signoff import Patience


@dataclass(frozen=True, slots=True)
class AttendancePolicy:
    """When a code is taken, until when a mark is no late entry, and how long a silent host is waited for."""

    version: str
    check_in: CheckInTimes
    list_minutes: int
    silence: Patience


@lru_cache
def attendance_policy() -> AttendancePolicy:
    """The policy that holds, read once a process."""
    text = (Path(__file__).parent / "attendance.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    return AttendancePolicy(
        content["version"],
        CheckInTimes(**content["check_in"]),
        content["list_minutes"],
        Patience(**content["silence"]),
    )
