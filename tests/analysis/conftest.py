from tests.conduct.conftest import ward

__all__ = ["ward"]
