#!/bin/bash
# Databases and users of the compose stack. The MySQL image runs this once, when its volume is empty; it may run it
# again by hand (docker exec mysql_servers bash /docker-entrypoint-initdb.d/10-users.sh) after a change of .env.
set -euo pipefail

# A text as a SQL literal.
quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

alir=$(quoted "${ALIR_PASSWORD:?is not set}")
maxwell=$(quoted "${MAXWELL_PASSWORD:?is not set}")
n8n=$(quoted "${N8N_DB_PASSWORD:?is not set}")
exporter=$(quoted "${EXPORTER_PASSWORD:?is not set}")

MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql --user=root <<SQL
-- The administration of this server is no change of data.
SET SESSION sql_log_bin = 0;

CREATE DATABASE IF NOT EXISTS app_producer;
CREATE DATABASE IF NOT EXISTS app_consumer;
CREATE DATABASE IF NOT EXISTS app_olap;
CREATE DATABASE IF NOT EXISTS maxwell;
CREATE DATABASE IF NOT EXISTS n8n;

CREATE USER IF NOT EXISTS 'alir'@'%' IDENTIFIED BY $alir;
ALTER USER 'alir'@'%' IDENTIFIED BY $alir;
GRANT ALL PRIVILEGES ON \`app\\_%\`.* TO 'alir'@'%';
GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'alir'@'%';
-- To ask Maxwell for bootstraps.
GRANT SELECT, INSERT, UPDATE, DELETE ON maxwell.* TO 'alir'@'%';

-- The plug-in that every Maxwell can use without TLS.
CREATE USER IF NOT EXISTS 'maxwell'@'%' IDENTIFIED WITH mysql_native_password BY $maxwell;
ALTER USER 'maxwell'@'%' IDENTIFIED WITH mysql_native_password BY $maxwell;
GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'maxwell'@'%';
GRANT ALL PRIVILEGES ON maxwell.* TO 'maxwell'@'%';

-- n8n 1's MySQL client, too, is happiest with it.
CREATE USER IF NOT EXISTS 'n8n'@'%' IDENTIFIED WITH mysql_native_password BY $n8n;
ALTER USER 'n8n'@'%' IDENTIFIED WITH mysql_native_password BY $n8n;
GRANT ALL PRIVILEGES ON n8n.* TO 'n8n'@'%';

CREATE USER IF NOT EXISTS 'exporter'@'%' IDENTIFIED BY $exporter WITH MAX_USER_CONNECTIONS 3;
ALTER USER 'exporter'@'%' IDENTIFIED BY $exporter WITH MAX_USER_CONNECTIONS 3;
GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'exporter'@'%';
SQL
