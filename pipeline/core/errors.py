"""Every exception raised on purpose.

PipelineError
├── SettingError      an environment value that cannot be used
├── PageError         a page whose table has a layout nobody knows
├── SourceError       a service gave no usable answer
│   └── TokenError    GitHub refused the token
├── RawError          a raw file that is cut short, altered or missing
└── WarehouseError    the DuckDB files: held by somebody else, unreadable, or failing a check
"""


class PipelineError(Exception):
    """The root: its message names the thing and the remedy, and is fit to be shown to a person as it is."""


class SettingError(PipelineError):
    """A setting is not what it must be; the message names it and says what it should be."""


class PageError(PipelineError):
    """A page's table cannot be read; the message shows the header that was met."""


class SourceError(PipelineError):
    """A service gave no usable answer after every try that was allowed."""


class TokenError(SourceError):
    """GitHub refused the token; nothing was spent. The message never holds the token."""


class RawError(PipelineError):
    """A raw file is not what its name says; the message names the file."""


class WarehouseError(PipelineError):
    """A DuckDB file cannot be used; the message names the file, the holder or the check."""
