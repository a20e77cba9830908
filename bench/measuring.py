"""What the benchmarks share."""

import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "build/release/bin"


def fail(message):
    print(f"{pathlib.Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(69)


def demand(folder, *programs):
    for program in programs:
        if not (folder / program).exists():
            fail(f"{folder / program} is missing: cmake --preset release && ninja -C build/release {' '.join(programs)}")


def processors(apart):
    """Those of an exchange and those of what is measured: one of its own, where they are to be apart and there are two."""
    every = sorted(os.sched_getaffinity(0))
    return (every[:-1], every[-1:]) if apart and len(every) > 1 else (every, every)


def keep_to(processors):
    """For subprocess: the program runs there."""
    return lambda: os.sched_setaffinity(0, processors)


def spread(values, digits=2):
    """Median (least-most); `digits` is their number behind the point, or what turns a value into text."""
    form = digits if callable(digits) else lambda value: f"{value:.{digits}f}"
    return f"{form(statistics.median(values))} ({form(min(values))}-{form(max(values))})"


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def quantiles(values):
    """Median, 90 %, 99 % and the most, as text without fractions."""
    ordered = sorted(values)
    return [f"{ordered[min(len(ordered) - 1, int(len(ordered) * share))]:.0f}" for share in (0.5, 0.9, 0.99, 1)]


def machine():
    listing = subprocess.run(["lscpu"], check=True, text=True, stdout=subprocess.PIPE, env=os.environ | {"LC_ALL": "C"})
    facts = dict(line.split(":", 1) for line in listing.stdout.splitlines() if ":" in line)
    name, family, model, count = (facts.get(key, "?").strip() for key in ("Model name", "CPU family", "Model", "CPU(s)"))
    flags = facts.get("Flags", "").split()
    vectors = next((flag for flag in ("avx512bw", "avx2", "sse4_1") if flag in flags), "neither AVX nor SSE4")
    return f"{name}, family {family} model {model}, {count} processors, {vectors}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d', time.gmtime())}"


class Used(NamedTuple):
    seconds: float  # by the clock
    processor: float  # seconds of processor time
    memory: float  # MiB resident at the most


def peak_memory(process, peak):
    """Follows it while the process runs: the figure that wait4() gives begins with what Python had before it became the process."""
    while process.returncode is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                sizes = [int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:")]
        except OSError:
            return
        peak[0] = max([peak[0], *sizes])
        time.sleep(0.002)


def used(command, feed=None, stdout=subprocess.DEVNULL, **options):
    """What a process takes from its start to its end. `feed` writes to the pipe that it reads."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=stdout, **options)
    peak = [0.0]
    watcher = threading.Thread(target=peak_memory, args=(process, peak))
    watcher.start()
    if feed:
        feed(process.stdin)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begin
    watcher.join()
    if process.returncode != 0:
        fail(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return Used(seconds, usage.ru_utime + usage.ru_stime, peak[0])
