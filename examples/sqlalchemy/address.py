"""Where the programs find the server: the local machine, unless the PG* variables say otherwise."""

import os

from sqlalchemy import URL

url = URL.create(
    drivername=os.environ.get("BOWLINE_DRIVER", "postgresql+psycopg"),
    username=os.environ.get("PGUSER", "postgres"),
    host=os.environ.get("PGHOST", "127.0.0.1"),
    port=int(os.environ.get("PGPORT", "5432")),
    password=os.environ.get("PGPASSWORD", "1234"),
    database=os.environ.get("PGDATABASE", "tests"),
)
