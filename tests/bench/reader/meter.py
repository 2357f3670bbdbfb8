"""Runs a command on given cores; prints its wall seconds, CPU seconds, peak memory in KiB and exit status.

    python -I -S meter.py CORES COMMAND...        CORES: 0 or 0,1

A process of its own, and a small one: the kernel counts the peak of a process from that of the one
that started it, so nothing below what this one needs (about 8 MB) can be seen.
"""
import os
import sys
import time


def main():
    os.sched_setaffinity(0, {int(core) for core in sys.argv[1].split(",")})
    command = sys.argv[2:]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))


main()
