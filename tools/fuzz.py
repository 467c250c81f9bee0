"""``make fuzz``: every reader of a stranger's bytes under coverage-guided fuzzing, for a bounded time.

    python tools/fuzz.py [--seconds 60] [--only json,html] [--corpus build/fuzz]

The corpus is kept between runs, so that each goes on where the last one ended. An input that breaks a promise is
written to tests/fuzz/found/TARGET/, where the suite runs it from then on: commit it with the mend. Exit code 1 then.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from fuzzing.targets import TARGETS  # noqa: E402

FOUND = ROOT / "tests" / "fuzz" / "found"
MEMORY_MB = 1024
INPUT_S = 5
"""The longest that one input may take: what is slower is a fault too."""


def main() -> int:
    """Run each target in a process of its own; say what was covered and what was found."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of foreign bytes.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--only", default=",".join(TARGETS), help="targets, comma-separated")
    parser.add_argument("--corpus", type=Path, default=ROOT / "build" / "fuzz")
    arguments = parser.parse_args()
    names = arguments.only.split(",")
    if unknown := [name for name in names if name not in TARGETS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    print(f"{'target':<10} {'inputs':>10} {'a second':>9} {'edges':>7} {'corpus':>7}  found")
    return max([_fuzz(name, arguments.corpus / name, arguments.seconds) for name in names])


def _fuzz(name: str, corpus: Path, seconds: int) -> int:
    """One target for so many seconds. 1 if a promise broke, else 0."""
    artifacts = corpus.with_name(f"{name}-artifacts")
    for folder in (corpus, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    for old in artifacts.iterdir():
        old.unlink()
    target = TARGETS[name]
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    command = [sys.executable, str(ROOT / "tools" / "fuzzing" / "drive.py"), name, str(corpus)]
    options = {
        "max_total_time": seconds,
        "max_len": target.biggest,
        "timeout": INPUT_S,
        "rss_limit_mb": MEMORY_MB,
        "print_final_stats": 1,
    }
    command += [f"-{key}={value}" for key, value in options.items()] + [f"-artifact_prefix={artifacts}/"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 120, cwd=ROOT)
    spent = max(time.monotonic() - began, 1)
    inputs = int((re.findall(r"number_of_executed_units:\s*(\d+)", done.stderr) or ["0"])[-1])
    edges = (re.findall(r"cov: (\d+)", done.stderr) or ["0"])[-1]
    found = _keep(name, artifacts)
    kept = sum(1 for _ in corpus.iterdir())
    print(f"{name:<10} {inputs:>10,} {inputs / spent:>9,.0f} {edges:>7} {kept:>7}  {', '.join(found) or 'nothing'}")
    if done.returncode != 0 or inputs == 0:
        print(done.stderr[-3000:])
        return 1
    return 0


def _keep(name: str, artifacts: Path) -> list[str]:
    """Copies what libFuzzer wrote to where the suite finds it; the new paths."""
    kept = []
    for artifact in sorted(artifacts.iterdir()):
        path = FOUND / name / f"{artifact.name[:22]}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.read_bytes())
        kept.append(str(path.relative_to(ROOT)))
    return kept


if __name__ == "__main__":
    sys.exit(main())
