"""`python -m platform_app COMMAND`, which is what the launcher `./plaza` runs."""

from platform_app.cli.app import main

if __name__ == "__main__":
    main()
