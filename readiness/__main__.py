"""Entry of the `readiness` script: answers `--version` before anything else is imported."""

import os
import sys


def main() -> None:
    """The script: a process that ends as soon as all is written."""
    import gc

    gc.disable()  # a short life: looking for garbage costs an import more than the garbage does
    try:
        command()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        _end(end.code)


def command() -> None:
    """Answers the command line, and raises SystemExit."""
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__

        print(f"readiness {__version__}")
        return
    from readiness.cli import run

    run()


def _end(code: int) -> None:
    """Ends the process without taking its memory apart, which costs a large run a tenth of its time."""
    import atexit

    atexit._run_exitfuncs()  # temporary folders and programs that still run
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    if not sys.flags.safe_path and sys.path[0] == os.getcwd():
        del sys.path[0]  # `python -m` puts the working folder first: modules of a judged tree would run
    main()
