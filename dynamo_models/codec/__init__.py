"""Items to instances and back, by code that is generated for each entity class."""

from dynamo_models.codec.compile import UNSET, Codec, codec_of, compile_codec

__all__ = ["UNSET", "Codec", "codec_of", "compile_codec"]
