"""``python -m webapp.cli``, for where the installed script is not at hand."""

from webapp.cli import main

main()
