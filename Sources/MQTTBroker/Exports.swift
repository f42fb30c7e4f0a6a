// Whoever embeds a broker sets limits and takes events and messages: one import gives all their types.
@_exported import MQTTCodec
@_exported import MQTTEngine
@_exported import enum MQTTTransport.ListenerURL
@_exported import enum MQTTTransport.ListenerURLError
@_exported import struct MQTTTransport.BindError
@_exported import struct MQTTTransport.AddressRange
@_exported import class MQTTTLS.TLSServer
@_exported import struct MQTTTLS.TLSProblem
@_exported import struct MQTTTLS.TLSSettings
