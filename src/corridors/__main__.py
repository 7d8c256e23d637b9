"""`python -m corridors` is the command line, and so is the script `corridors`."""

import signal
import sys


def main() -> None:
    """Run the command line; who ends it while it loads gets the exit code and no traceback."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        from corridors.cli import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    command()


if __name__ == "__main__":
    main()
