"""Runs migrations on the database that DATABASE_URL names."""

import logging.config
import os
import sys

import sqlalchemy as sa
from alembic import context

import models

# Made by orderstore beside the tables of the models.
OTHER_TABLES = {"orderstore_applied", "barcode_values"}


def database_url():
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL names no database; set it to one like "
                 "postgresql://shop@db.example/tickets")
    # What libpq takes and SQLAlchemy does not.
    url = url.replace("postgres://", "postgresql://", 1)
    try:
        sa.engine.make_url(url)
    except sa.exc.ArgumentError:
        # Its text has the URL in it, and that a password, perhaps.
        sys.exit("DATABASE_URL is no URL like postgresql://shop@db.example/"
                 "tickets")
    return url


def include_object(_, name, kind, reflected, __):
    return not (kind == "table" and reflected and name in OTHER_TABLES)


def options():
    return {
        "target_metadata": models.Base.metadata,
        "include_object": include_object,
        "compare_type": True,
        "compare_server_default": True,
    }


def run_offline():
    """Prints the statements."""
    context.configure(url=database_url(), literal_binds=True,
                      dialect_opts={"paramstyle": "named"}, **options())
    with context.begin_transaction():
        context.run_migrations()


def run_online():
    engine = sa.create_engine(database_url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **options())
        with context.begin_transaction():
            context.run_migrations()


logging.config.fileConfig(context.config.config_file_name,
                          disable_existing_loggers=False)
if context.is_offline_mode():
    run_offline()
else:
    run_online()
