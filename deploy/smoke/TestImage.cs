using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace OrleansTwitterProxy.Smoke;

/// <summary>A picture that is new each time: a valid PNG of random colours, of about 1.4 MiB.</summary>
internal static class TestImage
{
    private const int Side = 704;
    private const int BytesPerPixel = 3;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static byte[] Create()
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Side);
        (header[8], header[9]) = (8, 2); // 8 bits a channel, red green blue
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Pixels());
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Pixels()
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var row = 0; row < Side; row++)
            {
                zlib.WriteByte(0); // the row's filter: none
                zlib.Write(RandomNumberGenerator.GetBytes(Side * BytesPerPixel));
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(content, Crc(type, uint.MaxValue)));
        png.Write(number);
    }

    // CRC-32 of ISO 3309, as PNG uses it (RFC 2083, section 3.4).
    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return crc;
    }
}
