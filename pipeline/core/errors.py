"""The errors that a person gets to see.

PipelineError
├── SettingError      an environment value that cannot be used
├── PageError         a page that cannot be read: wrong bytes, or an unknown table layout
├── SourceError       a service gave no usable response
│   └── TokenError    GitHub refused the token
├── RawError          a raw file that is truncated, altered or not writable
├── WarehouseError    the DuckDB files: unreadable, or failing a check
│   ├── OutdatedError  built by another version of this code
│   └── InUseError    locked by another process, for as long as that has them open
├── UiError           the UI cannot start, or one of its processes ended
└── EngineError       the engine of another kind that a rebuild asked for cannot do it
"""


class PipelineError(Exception):
    """The root. The message names the thing and the remedy, and can be shown to a person as it is."""


class SettingError(PipelineError):
    """A setting is invalid; the message names it and says what it should be."""


class PageError(PipelineError):
    """A page cannot be read; the message says why, and shows the header of an unknown table."""


class SourceError(PipelineError):
    """A service gave no usable response after all retries."""


class TokenError(SourceError):
    """GitHub refused the token; no quota was used. The message never contains the token."""


class RawError(PipelineError):
    """A raw file's bytes do not match its name, or it cannot be written; the message names the file."""


class WarehouseError(PipelineError):
    """A DuckDB file cannot be used; the message names the file, the process that locks it, or the check."""


class OutdatedError(WarehouseError):
    """The published file has other tables than this version of the code: the next run builds it anew."""


class InUseError(WarehouseError):
    """A DuckDB file is open in another program; the message has DuckDB's, which names its process."""


class UiError(PipelineError):
    """The UI cannot start or go on; the message names the port, the other UI, or the process that ended."""


class EngineError(PipelineError):
    """Spark cannot rebuild the star; the message names what is missing, the master, or the SQL file."""
