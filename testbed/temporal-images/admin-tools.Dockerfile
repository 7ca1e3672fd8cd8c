# Temporal's tools with the ways of the official image: user 1000, temporal-sql-tool and temporal on the PATH, the schema.
FROM debian:trixie-slim
RUN useradd -u 1000 temporal
COPY temporal temporal-sql-tool /usr/local/bin/
COPY schema /etc/temporal/schema
USER temporal
CMD ["sleep", "infinity"]
