using System.Reflection;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>What a program may use of the package: a change to it is seen in review, as <c>PublicApi.txt</c> changes with it.</summary>
internal sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    private static readonly NullabilityInfoContext Nullability = new();

    [Test]
    public void PublicApi_IsTheApprovedOne()
    {
        string api = string.Join('\n', new[] { typeof(Article).Assembly, typeof(ArticleClassifier).Assembly }.SelectMany(Describe)) + "\n";
        string approved = Repository.PathOf("tests", "Infer", "PublicApi.txt"), received = Path.Combine(Path.GetTempPath(), "fakenewsonnx-PublicApi.received.txt");
        string expected = File.ReadAllText(approved);
        if (api != expected)
        {
            File.WriteAllText(received, api);
        }

        Assert.That(api, Is.EqualTo(expected), $"If the change is meant, copy {received} over {approved}.");
    }

    private static IEnumerable<string> Describe(Assembly assembly) => assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)
        .SelectMany(type => type.GetMembers(Declared).Where(IsOurs).Select(Describe).Order(StringComparer.Ordinal).Select(member => "    " + member).Prepend(Header(type)));

    private static string Header(Type type) =>
        $"{(type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : "class")} {type.FullName}"
        + (typeof(IDisposable).IsAssignableFrom(type) ? " : IDisposable" : "");

    /// <summary>Leaves out what the compiler adds: accessors, and a record's equality and printing.</summary>
    private static bool IsOurs(MemberInfo member) => member switch
    {
        MethodInfo method => !method.IsSpecialName && !member.Name.StartsWith('<') && member.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() == null,
        FieldInfo field => field.Name != "value__",
        PropertyInfo property => property.Name != "EqualityContract",
        _ => true,
    };

    private static string Describe(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"{Name(constructor.DeclaringType!)}({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnParameter)} {method.Name}({Parameters(method)})",
        PropertyInfo property => $"{Static(property.GetMethod!)}{Name(property.PropertyType)}{Mark(Nullability.Create(property))} {property.Name} {{ get;{(property.SetMethod is { IsPublic: true } ? " init;" : "")} }}",
        FieldInfo { IsLiteral: true } field => $"const {Name(field.FieldType)} {field.Name} = {Convert.ToString(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture)!.ReplaceLineEndings("\\n")}",
        _ => member.ToString()!,
    };

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : "")}{Name(parameter)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + (parameter.DefaultValue ?? "null") : "")}"));

    private static string Name(ParameterInfo parameter) => Name(parameter.ParameterType) + Mark(Nullability.Create(parameter));

    private static string Mark(NullabilityInfo info) => info is { ReadState: NullabilityState.Nullable, Type.IsValueType: false } ? "?" : "";

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } value ? Name(value) + "?"
        : type.IsByRef ? Name(type.GetElementType()!)
        : Keywords.TryGetValue(type, out string? keyword) ? keyword
        : type.IsArray ? Name(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
