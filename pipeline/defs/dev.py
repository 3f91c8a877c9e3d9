"""`dagster dev` for `papers ui`, without warnings about superseded commands and unused files."""

import logging
import runpy
import warnings


def main() -> None:
    """Run `dagster` with the arguments of this process."""
    warnings.filterwarnings("ignore", ".*is superseded")  # by `dg dev`, which only the extra dev installs
    logging.getLogger("dagster").addFilter(lambda record: "dagster.yaml file will not be" not in record.getMessage())
    runpy.run_module("dagster", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
