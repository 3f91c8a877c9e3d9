"""`dagster dev`, without what it says of itself and of files that are not used: what `papers ui` becomes."""

import logging
import runpy
import warnings


def main() -> None:
    """Run `dagster` with the arguments of this process."""
    warnings.filterwarnings("ignore", ".*is superseded")  # by `dg dev`, which comes with the extra dev alone
    logging.getLogger("dagster").addFilter(
        lambda record: "DAGSTER_HOME environment variable" not in record.getMessage()
    )
    runpy.run_module("dagster", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
