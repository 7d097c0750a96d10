"""Django's backend for PostgreSQL, on connections that nobody waits on for ever."""
