"""``python -m pulumi_daily.cli``, for where the script is not on PATH."""

from ._main import main

if __name__ == "__main__":
    main(prog_name="pulumi-daily")
