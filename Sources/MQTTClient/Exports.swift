// Messages, properties and reason codes are in the codec: whoever uses the client needs no second import.
@_exported import MQTTCodec
