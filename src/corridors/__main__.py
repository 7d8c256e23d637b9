"""`python -m corridors` is the command line, and so is the script `corridors`."""

import os
import signal
import sys

#: Exit codes of whom a signal ended.
ENDED = (130, 143)


def main() -> None:
    """Run the command line; who ends it while it loads gets the exit code and no traceback."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        from corridors.cli import main as command

        command()
    except KeyboardInterrupt:
        _leave(130)
    except SystemExit as leaving:
        if leaving.code in ENDED:
            _leave(int(leaving.code))
        raise


def _leave(code: int) -> None:
    """Leave at once: all is tidied up, and threads still at work would hold the exit up."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    os._exit(code)


if __name__ == "__main__":
    main()
