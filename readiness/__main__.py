"""Entry of the `readiness` script: answers `--version` before anything else is imported."""

import sys


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__

        print(f"readiness {__version__}")
        return
    from readiness.cli import run

    run()


if __name__ == "__main__":
    import os

    if not sys.flags.safe_path and sys.path[0] == os.getcwd():
        del sys.path[0]  # `python -m` puts the working folder first: modules of a judged tree would run
    main()
