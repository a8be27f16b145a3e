"""California's Independent Medical Review letters as tidy, traceable tables."""
__version__ = "0.1.0"

# The front door. Each name is loaded when it is first asked for, so that `import imr_research` stays quick.
_FRONT_DOOR = {"read_letter": "letter", "parse_letter": "tables", "parse_corpus": "corpus", "read_tables": "corpus", "highlight": "display", "fetch_letters": "fetch",
               "read_search_pages": "search", "compare_categories": "search", "reparse_corpus": "corpus",
               "query_tables": "query", "diff_tables": "query", "check_corpus": "query", "Limits": "letter",
               "find_passages": "recitation", "match_passages": "recitation", "write_report": "report"}
__all__ = [*_FRONT_DOOR]


def __getattr__(name):
    if name not in _FRONT_DOOR:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    return getattr(import_module(f"{__name__}.{_FRONT_DOOR[name]}"), name)


def __dir__():
    return [*globals(), *_FRONT_DOOR]
