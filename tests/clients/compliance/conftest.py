"""SQLAlchemy's own dialect compliance suite, from its package, against the server that `--dburi` names."""

import pytest
from sqlalchemy.dialects import registry

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402,F401,F403
