"""The script .ci/commit-title accepts "area: imperative summary" of at most 72 characters, and no other title."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "commit-title"
LONGEST = "payments: " + "x" * 62


def check(folder: Path, message: str) -> subprocess.CompletedProcess[str]:
    file = folder / "COMMIT_EDITMSG"
    file.write_text(message)
    return subprocess.run(["sh", str(SCRIPT), str(file)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "title",
    [
        "payments: reuse the order on re-enroll",
        "shared/db: retry conflicts by one policy",
        "docs, tests: state settings plainly",
        LONGEST,
        "Merge branch 'main'",
        'Revert "payments: reuse the order on re-enroll"',
    ],
)
def test_commit_title_in_the_required_form_is_accepted(tmp_path: Path, title: str) -> None:
    done = check(tmp_path, f"{title}\n\nThe body says why, and its lines may have any length.\n")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        (LONGEST + "x", "The title has 73 characters; the limit is 72."),
        ("Shorter", "The title must read"),
        ("payments: Reuse the order", "The title must read"),
        ("payments:reuse the order", "The title must read"),
        ("Payments: reuse the order", "The title must read"),
        ("", "The title must read"),
    ],
)
def test_commit_title_in_another_form_is_rejected_with_a_reason(tmp_path: Path, title: str, reason: str) -> None:
    done = check(tmp_path, f"{title}\n")
    assert done.returncode == 1
    assert done.stderr.startswith(reason)
