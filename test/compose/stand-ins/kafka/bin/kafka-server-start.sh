#!/bin/bash
export KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=/etc/kafka/docker/log4j2.properties
exec "$(dirname "$0")/kafka-run-class.sh" kafka.Kafka "$@"
