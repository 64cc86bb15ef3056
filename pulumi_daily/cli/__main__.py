"""``python -m pulumi_daily.cli``, for systems without the script on PATH."""

from ._main import main

if __name__ == "__main__":
    main(prog_name="pulumi-daily")
