#!/bin/bash
# What the compose file uses of the image's entry point: options without `mysqld`, the root password, init files.
set -euo pipefail
[[ ${1:-} == -* ]] && set -- mysqld "$@"
if [[ $(id -u) == 0 ]]; then
  chown mysql:mysql /var/lib/mysql /var/run/mysqld
  exec gosu mysql "$0" "$@"
fi
if [[ ! -d /var/lib/mysql/mysql ]]; then
  : "${MYSQL_ROOT_PASSWORD:?is not set}"
  "$@" --initialize-insecure
  "$@" --skip-networking &
  server=$!
  until mysqladmin ping --silent; do sleep 0.5; done
  mysql --user=root <<SQL
SET SESSION sql_log_bin = 0;
ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
CREATE USER 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
SQL
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root <"$file" ;;
    esac
  done
  # In SQL: MySQL 8 does not know the command that this mysqladmin, MariaDB's, sends it.
  MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root --execute=SHUTDOWN
  wait "$server"
fi
exec "$@"
