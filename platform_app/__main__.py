"""`python -m platform_app COMMAND`, run by the launcher `./plaza`."""

from platform_app.cli.app import main

if __name__ == "__main__":
    main()
