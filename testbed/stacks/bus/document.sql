CREATE TABLE message_bus (
    transaction_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    expires_at TIMESTAMPTZ NOT NULL DEFAULT (NOW() + INTERVAL '48 hours'),
    message_type VARCHAR(50) NOT NULL,
    tool_name VARCHAR(100),
    session_id VARCHAR(100),
    request_id VARCHAR(100),
    payload JSONB NOT NULL,
    payload_size_bytes INTEGER NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'pending',
    retrieved_at TIMESTAMPTZ,
    retrieved_count INTEGER DEFAULT 0,
    checksum VARCHAR(64),
    compression VARCHAR(20),
    write_duration_ms INTEGER,
    read_duration_ms INTEGER,
    metadata JSONB DEFAULT '{}'::jsonb
);

CREATE INDEX idx_message_bus_created_at ON message_bus(created_at DESC);
CREATE INDEX idx_message_bus_expires_at ON message_bus(expires_at) WHERE status != 'expired';
CREATE INDEX idx_message_bus_status ON message_bus(status);
CREATE INDEX idx_message_bus_tool_name ON message_bus(tool_name);
CREATE INDEX idx_message_bus_session_id ON message_bus(session_id);
CREATE INDEX idx_message_bus_request_id ON message_bus(request_id);

CREATE INDEX idx_message_bus_active ON message_bus(transaction_id)
WHERE status = 'pending' AND expires_at > NOW();

ALTER TABLE message_bus ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Allow all operations during development" ON message_bus
FOR ALL USING (true) WITH CHECK (true);

CREATE OR REPLACE FUNCTION cleanup_expired_messages()
RETURNS INTEGER AS $$
DECLARE
    deleted_count INTEGER;
BEGIN
    DELETE FROM message_bus
    WHERE expires_at < NOW() AND status != 'delivered'
    RETURNING COUNT(*) INTO deleted_count;

    RETURN deleted_count;
END;
$$ LANGUAGE plpgsql;
