"""Words of a command line into a call: `python -m whereas` is `whereas`."""

from whereas.cli import main

if __name__ == "__main__":
    main()
