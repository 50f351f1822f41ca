class UserError(Exception):
    """A mistake the user can mend: its one-sentence message is shown without a traceback.

    The message names the file, key or value, says what was expected, and what to do.
    """
