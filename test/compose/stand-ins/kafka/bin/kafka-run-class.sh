#!/bin/bash
exec java ${KAFKA_HEAP_OPTS:--Xmx256m} -XX:+UseG1GC -Djava.awt.headless=true ${KAFKA_LOG4J_OPTS:-} \
  -cp '/opt/kafka/libs/*' "$@"
