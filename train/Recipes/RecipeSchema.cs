using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace FakeNewsOnnx.Train.Recipes;

/// <summary>The JSON schema of a recipe file, made from <see cref="Recipe"/>'s properties; editors read it from the repository.</summary>
internal static class RecipeSchema
{
    /// <summary>The schema's name in the <c>recipes</c> folder, without its extension.</summary>
    public const string FileName = "recipe.schema";

    /// <summary>The key under which a recipe names its schema; the program ignores it.</summary>
    public const string Key = "$schema";

    /// <summary>The schema as indented UTF-8 JSON.</summary>
    public static byte[] ToUtf8Json()
    {
        JsonObject schema = Recipe.Format.GetJsonSchemaAsNode(typeof(Recipe), new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) =>
            {
                if (node is JsonObject property && context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), false) is [DescriptionAttribute description, ..])
                {
                    property.Insert(0, "description", description.Description);
                }

                return node;
            },
        }).AsObject();
        schema["properties"]![Key] = new JsonObject { ["type"] = "string" };
        return JsonSerializer.SerializeToUtf8Bytes(schema, Recipe.Format);
    }
}
