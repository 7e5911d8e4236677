"""SQLAlchemy's own dialect compliance suite, from its package, against the server that `--dburi` names."""

import pytest

pytest_plugins = ["refused"]

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")
from sqlalchemy.dialects.postgresql import provision  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402,F401,F403


@provision.post_configure_engine.for_db("postgresql")
def _no_extensions(url, engine, follower_ident):
    """Of PostgreSQL's extensions SQLAlchemy creates citext and hstore here, which no test of the suite uses."""
